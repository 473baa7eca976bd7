/** Texts of GitHub's answers that are shown on a terminal and recorded: names and addresses, which others chose. */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'

/** One line without control characters. */
export const shownText = z.string().transform(text => sanitizeText(text, 500))
