/** The machine of a foreign session, inferred from names, and slugs for folder names. Pure. */
import { sanitizeText } from '../lib/text.ts'
import type { Note } from './source.ts'
import { note } from './table/notes.ts'

const gpus =
  /(?:^|[^a-z0-9])((?:rtx[-_ ]?)?(?:gb?[23]00|[abh][1238]00|h20|a10g?|a30|a40|l4|l40s?|v100|p100|t4|a[456]000|[2345]0[6789]0(?:[-_ ]?ti)?|mi\d{3}x?|gb10|dgx[-_ ]spark|tpu[-_ ]?v\d\w?|m[1-5](?:[-_ ](?:pro|max|ultra))?))(?=$|[^a-z0-9])/i

/** The machine that the user named, else the first GPU named in `names`. */
export function machineOf(
  machine: string | null,
  names: string[],
): { label: string; gpu: string | null; notes: Note[] } {
  if (machine !== null) return { label: slug(machine) || 'unknown', gpu: sanitizeText(machine, 60), notes: [] }
  for (const name of names) {
    const gpu = gpus
      .exec(name)?.[1]
      ?.replace(/[-_]/g, ' ')
      .replace(/^[a-z]+\d\w*$/, word => word.toUpperCase())
    if (!gpu) continue
    const text = `The machine is taken to be ${gpu} by the name ${sanitizeText(name, 80)}: --machine says it otherwise.`
    return { label: slug(gpu), gpu, notes: [note('machine', text)] }
  }
  return { label: 'unknown', gpu: null, notes: [] }
}

/** Text as a part of a folder name. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
