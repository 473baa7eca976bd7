/** Values by which sessions and ideas are filtered. */
import type { View } from './view.ts'
import { targetText } from './words.ts'

export const choiceValues = ({ session }: View): Record<'Machine' | 'Target' | 'Agent' | 'Tag', string> => ({
  Machine: session.machine.label,
  Target: targetText(session),
  Agent: session.agent.use ?? 'not known',
  Tag: session.tag,
})
