/** Reads what tests need of a PNG. */
import { inflateSync } from 'node:zlib'

/**
 * Width and height in pixels, and `inked`: number of nonzero bytes of the filtered rows, near 0 for an empty picture.
 * @throws when the image data cannot be inflated
 */
export function decodePng(png: Buffer): { width: number; height: number; inked: number } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const chunks: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const rows = inflateSync(Buffer.concat(chunks))
  return { width, height, inked: rows.filter((byte, i) => i % (width * 4 + 1) > 4 && byte !== 0).length }
}
