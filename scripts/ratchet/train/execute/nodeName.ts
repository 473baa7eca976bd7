/** The name of a node as runs have it in the records. */
import { sanitizeText } from '../../../lib/text.ts'

export const nodeName = (node: string): string => sanitizeText(node, 60)
