/** The device nodes that a sandboxed command may use: those without rights of their own, and accelerators. Never disks. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Nodes that every program may expect. */
export const plainDevices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map(name => `/dev/${name}`)

/** NVIDIA (nvidia0, nvidiactl, nvidia-uvm, nvidia-caps …), AMD (kfd, dri), Intel (dri, accel), WSL (dxg), InfiniBand. */
const accelerator = /^(nvidia.*|dri|kfd|accel.*|dxg|infiniband|gdrdrv)$/

/** Those that exist: nodes and folders of nodes. */
export const acceleratorDevices = (): string[] =>
  readdirSync('/dev')
    .filter(name => accelerator.test(name))
    .map(name => join('/dev', name))
