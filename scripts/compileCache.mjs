/**
 * Keeps the compiled code of our own files and of the packages between calls: a command starts in less than half the time,
 * and takes 20 MB less memory, which each start of a process has to copy. Loaded by `node --import`, before the command's
 * own files. Plain JavaScript, because stripping types is what it saves.
 */
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Where it cannot be written, e.g. in a read-only checkout, commands work without it.
enableCompileCache(join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache/nightshift/compiled'))
