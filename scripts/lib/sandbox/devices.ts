/** The device nodes and files of the kernel that a sandboxed command may use: those without rights of their own, and accelerators. Never disks. */
import { readdirSync, statSync } from 'node:fs'
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

/**
 * What of /proc concerns the machine and may have files that root can write to without any capability, e.g.
 * sys/kernel/core_pattern, which names a program that the kernel starts with all rights.
 */
export function kernelSettings(): string[] {
  const names = readdirSync('/proc').filter(name => !/^(\d+|self|thread-self|net|mounts)$/.test(name))
  return names
    .map(name => `/proc/${name}`)
    .filter(path => {
      const { mode } = statSync(path)
      return (mode & 0o170000) === 0o040000 || (mode & 0o222) !== 0
    })
}
