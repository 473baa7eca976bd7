/** What the sandboxes of this machine hold, they hold as well where a node composes them. */
import type { Sandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { filesCases } from '../../lib/sandbox/cases/files.ts'
import { inheritedCases } from '../../lib/sandbox/cases/inherited.ts'
import { networkCases } from '../../lib/sandbox/cases/network.ts'
import { processesCases } from '../../lib/sandbox/cases/processes.ts'
import { eachSandbox, isOldForm } from '../../lib/sandbox/inside.ts'
import { ofNode } from './composition.ts'

// Who uses a cluster is not root there.
const isIn = (sandbox: Sandbox, user: number) => !isOldForm(sandbox) && user !== 0

for (const cases of [filesCases, inheritedCases, networkCases, processesCases])
  await eachSandbox(['bubblewrap', 'namespaces', 'landlock'], cases, isIn, ofNode)
