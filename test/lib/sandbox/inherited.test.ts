import { inheritedCases } from './cases/inherited.ts'
import { eachSandbox } from './inside.ts'

await eachSandbox(['bubblewrap', 'namespaces', 'landlock'], inheritedCases)
