/** Hosts for tests that are folders of this machine: an engine over them needs neither ssh nor a scheduler. */
import { mkdir, readdir } from 'node:fs/promises'
import { type Channel, localChannel } from '../../scripts/engines/remote/channel.ts'
import { nodeFolder } from '../../scripts/engines/remote/files.ts'
import type { HostAccess } from '../../scripts/engines/remote/hostAccess.ts'
import { python } from '../engines/node/modules.ts'

/**
 * @param root absolute; a host of its own each
 * @param through what is put between, e.g. a channel that fails
 */
export const localHost = (
  name: string,
  root: string,
  through: (channel: Channel) => Channel = channel => channel,
): HostAccess => ({
  name,
  channel: through(localChannel(python, nodeFolder)),
  async install() {
    await mkdir(root, { recursive: true })
    return { root, has: await readdir(root), python: null }
  },
  close: async () => {},
})
