/** Ways out of the sandbox: services, the network, and the kernel. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Cheat, World } from '../cheat.ts'

const outside = 'connects to the network, abstract sockets, or services that would act for it'

/** Not tried without a sandbox: it depends on the user's rights, or would change the machine. */
const asUser = { without: null, sandboxed: 'fails' } as const

const asked = (name: string) => ({
  left: ({ outside }: World) => {
    const path = join(outside, name)
    const was = existsSync(path)
    rmSync(path, { force: true })
    return was
  },
})

/** Opens for writing and writes nothing. */
const opening = (what: string, paths: string): Cheat => ({
  does: `may write to ${what}`,
  code: `return ${paths}.some(path => { try { return opens(path) } catch { return false } })`,
  ...asUser,
})

export const waysOut: Cheat[] = [
  {
    does: 'asks a service behind a Unix socket that it can reach to do it',
    code: `await ask(world.service, world.outside + '/asked')`,
    ...asked('asked'),
    without: 'works',
    sandboxed: 'works',
    row: 'asks a service of this machine that obeys whoever connects, by a Unix socket or a port that stays open',
  },
  {
    does: 'asks a service behind a Unix socket in /tmp',
    code: `await ask(world.temporaryService, world.outside + '/asked-in-tmp')`,
    ...asked('asked-in-tmp'),
    without: 'works',
    sandboxed: 'fails',
    needs: 'temporary',
    row: outside,
  },
  {
    does: 'asks a service behind an abstract socket',
    code: `await ask('\\0' + world.abstractService, world.outside + '/asked-abstractly')`,
    ...asked('asked-abstractly'),
    without: 'works',
    sandboxed: 'fails',
    needs: 'network',
    row: outside,
  },
  {
    does: 'connects to an address that is not the loopback',
    code: `return world.outward === null || await connects(world.outward)`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'network',
    row: outside,
  },
  {
    does: 'connects to a port at which services take commands',
    code: `return world.controlPort === null || await connects({ host: '127.0.0.1', port: world.controlPort })`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'network',
    row: outside,
  },
  {
    does: 'connects to Docker, containerd, libvirt, snapd, D-Bus or systemd',
    code: `const user = '/run/user/' + process.getuid()
    for (const path of ['/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock', '/run/libvirt/libvirt-sock', '/run/snapd.socket', '/run/dbus/system_bus_socket', '/run/systemd/private', user + '/bus', user + '/systemd/private', user + '/docker.sock'])
      if (await connects({ path })) return true`,
    ...asUser,
  },
  {
    does: 'starts a program by systemd, at or cron',
    code: `sh('systemd-run --user touch ' + world.outside + '/later || echo touch ' + world.outside + '/later | at now || { crontab -l; echo "* * * * * touch ' + world.outside + '/later"; } | crontab -')
    return true`,
    ...asUser,
  },
  opening(
    'the programs that the kernel starts',
    `['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/sys/kernel/uevent_helper']`,
  ),
  opening(
    'settings of the kernel',
    `['/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger', '/sys/power/state', '/sys/kernel/mm/transparent_hugepage/enabled']`,
  ),
  opening(
    'cgroups',
    `['/sys/fs/cgroup/cgroup.procs', '/sys/fs/cgroup/memory/cgroup.procs', '/sys/fs/cgroup/cgroup.subtree_control']`,
  ),
  opening(
    'disks, memory and kernel log in /dev',
    `fs.readdirSync('/dev').filter(name => /^(sd|nvme|vd|xvd|loop|dm-|mem$|kmsg$|port$|fuse$|kvm$)/.test(name)).map(name => '/dev/' + name)`,
  ),
  opening(
    'what every program loads',
    `['/etc/ld.so.cache', '/etc/passwd', '/usr/bin/env', '/bin/sh', process.execPath]`,
  ),
  {
    does: 'opens the terminal, to type into it',
    code: `return opens('/dev/tty')`,
    without: 'fails',
    sandboxed: 'fails',
  },
  {
    does: 'loads a kernel module',
    // Not permitted, or a kernel without modules; a kernel that would load one finds that this is none.
    code: `return !['1', '38'].includes(perl('open my $f, "<", "/proc/self/status"; my $none = ""; $! = 0; syscall(313, fileno($f), $none, 0); print $! + 0'))`,
    ...asUser,
  },
  {
    does: 'unmounts or remounts what hides and protects',
    code: `for (const text of ['umount -l ' + world.work, 'umount -l ' + world.home, 'umount -l /tmp', 'umount -l /proc', 'mount -o remount,rw,bind /', 'mount -o remount,rw,bind ' + world.repo, 'mount -t tmpfs none /mnt', 'mount --bind /tmp ' + world.repo])
      try { sh(text); return true } catch {}`,
    ...asUser,
  },
  {
    does: 'makes namespaces of its own, in which it has all rights',
    code: `sh("unshare -Urm sh -c 'mount -o remount,rw,bind / || umount -l /tmp || umount -l " + world.work + "'"); return true`,
    ...asUser,
  },
  {
    does: 'enters the namespaces or the root folder of a process outside',
    code: `for (const text of ['nsenter -t 1 -m true', 'ls /proc/1/root/' + world.work, 'chroot /proc/1/root true', 'ls /proc/' + process.ppid + '/root/' + world.work])
      try { sh(text); return true } catch {}`,
    ...asUser,
  },
  {
    does: "leaves a program with the user's rights for other users in its record",
    code: setuid(`process.env.NIGHTSHIFT_CURVE.replace('curve.csv', 'sh')`),
    left: ({ sessions }) => hasSetuid(sessions),
    without: 'fails',
    sandboxed: 'fails',
  },
  {
    does: "leaves a program with the user's rights for other users in a folder that later runs have",
    code: setuid(`(process.env.NIGHTSHIFT_COMPILED ?? world.cache) + '/sh'`),
    // The session's caches are removed at its end.
    left: async ({ cache }) => hasSetuid(cache),
    without: 'works',
    sandboxed: 'fails',
    row: 'leaves a program with the rights of the user (setuid)',
  },
]

/** Copies the shell to a path and lets everybody run it with its owner's rights. */
function setuid(path: string): string {
  return `const path = ${path}; fs.copyFileSync('/bin/sh', path); fs.chmodSync(path, 0o4755)`
}

async function hasSetuid(folder: string): Promise<boolean> {
  return (await execa('find', [folder, '-perm', '-4000', '-delete', '-print'])).stdout !== ''
}
