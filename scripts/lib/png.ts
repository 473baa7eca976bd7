/** SVG to PNG, on a machine that has fonts. */

/**
 * @param zoom pixels of the PNG per unit of the SVG
 * @returns null if the machine has no font: a chart without its labels would mislead
 */
export async function toPng(svg: string, zoom: number): Promise<Buffer | null> {
  if (!(await hasFont())) return null
  const { Resvg } = await import('@resvg/resvg-js')
  return Buffer.from(new Resvg(svg, { ...fonts, fitTo: { mode: 'zoom', value: zoom } }).render().asPng())
}

const fonts = { font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' } }
let found: Promise<boolean> | undefined

/** Whether this machine has a font to draw texts with. */
export function hasFont(): Promise<boolean> {
  found ??= import('@resvg/resvg-js').then(({ Resvg }) => {
    const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15">a</text></svg>'
    return new Resvg(probe, fonts).getBBox() !== undefined
  })
  return found
}
