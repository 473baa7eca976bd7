/** A PNG as far as tests look into one. */
import { inflateSync } from 'node:zlib'

/** Width, height and how many bytes, as rows are filtered, are not 0: in an empty picture next to none. @throws where its data do not inflate */
export function decoded(png: Buffer): { width: number; height: number; inked: number } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const chunks: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const rows = inflateSync(Buffer.concat(chunks))
  return { width, height, inked: rows.filter((byte, i) => i % (width * 4 + 1) > 4 && byte !== 0).length }
}
