import { filesCases } from './cases/files.ts'
import { eachSandbox } from './inside.ts'

await eachSandbox(['bubblewrap', 'namespaces', 'landlock', 'seatbelt'], filesCases)
