import { launchChromium } from '../bench/site/chromium.ts'
const b = await launchChromium()
const out = process.argv[2]
const shots = process.argv.slice(3)
for (const s of shots) {
  const [name, width, scheme, file] = s.split('|')
  const page = await b.newPage({ viewport: { width: Number(width), height: 900 }, colorScheme: scheme as 'light' | 'dark' })
  await page.goto('file://' + out + '/' + name)
  await page.screenshot({ path: `/tmp/shots/${file}.png`, fullPage: true })
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  console.log(file, 'overflow', over)
  await page.close()
}
await b.close()
