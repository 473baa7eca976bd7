/** Sets up the trainer's Python when the target is Nightshift's own trainer. */
import { notebook } from '../../lib/paths.ts'
import { ensureTrainer } from '../../lib/trainer.ts'
import type { SessionContext } from './context.ts'

/** Does nothing for any other target. */
export async function ensureOwnTrainer({
  repository,
  contract,
  terminal,
}: Pick<SessionContext, 'repository' | 'contract' | 'terminal'>): Promise<void> {
  if (repository.root === notebook && usesTrainer(contract)) await ensureTrainer(terminal)
}

const usesTrainer = ({ target, edit }: SessionContext['contract']): boolean =>
  target === 'trainer' || edit.some(path => path.startsWith('trainer/'))
