/** What the sandboxes of this machine hold, they hold as well where a node composes them. */
import { filesCases } from '../../lib/sandbox/cases/files.ts'
import { inheritedCases } from '../../lib/sandbox/cases/inherited.ts'
import { networkCases } from '../../lib/sandbox/cases/network.ts'
import { processesCases } from '../../lib/sandbox/cases/processes.ts'
import { eachSandbox, isOldForm } from '../../lib/sandbox/inside.ts'
import { ofNode } from './composition.ts'

for (const cases of [filesCases, inheritedCases, networkCases, processesCases])
  await eachSandbox(['bubblewrap', 'namespaces', 'landlock'], cases, sandbox => !isOldForm(sandbox), ofNode)
