import { processesCases } from './cases/processes.ts'
import { eachSandbox } from './inside.ts'

await eachSandbox(['bubblewrap', 'namespaces', 'landlock', 'seatbelt'], processesCases)
