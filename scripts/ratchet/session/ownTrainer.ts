/** The trainer's Python, which Nightshift sets up itself when the program is its own. */
import { notebook } from '../../lib/paths.ts'
import { ensureTrainer } from '../../lib/trainer.ts'
import type { SessionContext } from './context.ts'

/** Does nothing for a target that is not the notebook's own trainer. */
export async function ensureOwnTrainer({
  repository,
  contract,
  terminal,
}: Pick<SessionContext, 'repository' | 'contract' | 'terminal'>): Promise<void> {
  if (repository.root === notebook && usesTrainer(contract)) await ensureTrainer(terminal)
}

const usesTrainer = ({ target, edit }: SessionContext['contract']): boolean =>
  target === 'trainer' || edit.some(path => path.startsWith('trainer/'))
