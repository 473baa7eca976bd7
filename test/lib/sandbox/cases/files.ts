import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { notebook } from '../../../../scripts/lib/paths.ts'
import { type Setting, testIf } from '../inside.ts'

export function filesCases({ sandbox, user, run }: Setting): void {
  const isMount = sandbox.mechanism === 'bubblewrap' || sandbox.mechanism === 'namespaces'

  test('writes go to its own folders', async () => {
    const { stdout, stderr, place } = await run(`
      for folder in "$PWD" "$HOME" "$TMPDIR" "$1/hidden/writable"; do
        mkdir "$folder/made" && echo 1 > "$folder/made/file" && mv "$folder/made/file" "$folder/file" && ln "$folder/file" "$folder/second"
      done
      echo 1 > /dev/null; echo whole
    `)
    expect({ stdout, stderr }).toEqual({ stdout: 'whole', stderr: '' })
    for (const folder of [place.slot, place.home, place.tmp, join(place.hidden, 'writable')])
      expect(await readFile(join(folder, 'second'), 'utf8'), folder).toBe('1\n')
  })

  test('and nowhere else', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'nightshift-'))
    onTestFinished(() => rm(outside, { recursive: true }))
    const folders = [
      notebook,
      join(notebook, '.git'),
      '/',
      '/etc',
      '/usr',
      '/var',
      '/sys',
      '/proc',
      '/run',
      '/dev',
      outside,
    ]
    const files = [
      join(notebook, 'package.json'),
      ...[
        '/etc/passwd',
        '/proc/sys/kernel/core_pattern',
        '/proc/sys/vm/overcommit_memory',
        '/proc/sys/user/max_user_namespaces',
      ],
      ...[
        '/sys/kernel/mm/transparent_hugepage/enabled',
        '/sys/fs/cgroup/cgroup.procs',
        '/proc/irq/default_smp_affinity',
      ],
    ]
    const { stdout, stderr, place } = await run(
      `
      root=$1
      try() { if (eval "$2") 2> /dev/null; then echo "can: $1"; fi; }
      for folder in ${folders.join(' ')} "$root" "$root/hidden" "$root/hidden/shown"; do
        try "$folder" 'echo 1 > "$folder/nightshift-file"'
        try "$folder" 'mkdir "$folder/nightshift-folder"'
      done
      for file in ${files.join(' ')} "$root/beside" "$root/hidden/shown/file"; do try "$file" ': >> "$file"'; done
      try mode 'chmod 777 "$root/beside"'; try link 'ln "$root/beside" taken && echo 1 > taken'
      try moved 'mv "$root/beside" .'; try removed 'rm "$root/beside"'; try truncated ': > "$root/beside"'
      ln -s "$root/beside" by-link; try by-link 'echo 1 > by-link'
      try by-root 'echo 1 > /proc/self/root"$root"/beside'
      try by-parent 'echo 1 > /proc/self/cwd/../beside'
    `,
      { change: policy => ({ readable: [...policy.readable, outside] }) },
    )
    const mode = isMount ? '' : 'can: mode' // Landlock and sandbox-exec leave modes alone.
    expect({ stdout, stderr }).toEqual({ stdout: sandbox.mechanism === 'landlock' ? mode : '', stderr: '' })
    expect(await readFile(place.beside, 'utf8')).toBe('content of a file')
    expect(existsSync(join(notebook, 'nightshift-file'))).toBe(false)
  })

  test('what is hidden is neither read nor listed, by whatever way', async () => {
    const { stdout, place } = await run(`
      try() { shift; "$@" 2> /dev/null; }
      ln -s "$1/hidden/secret" link; ln -s "$1/hidden" folder
      for path in "$1/hidden/secret" "$1/hidden/deep/secret" "$1/hidden.txt" link folder/secret "$1/hidden/shown/../secret" \
        "/proc/self/root$1/hidden/secret" "/proc/1/root$1/hidden/secret" "/proc/self/cwd/../hidden/secret" "/proc/self/cwd/../hidden.txt"; do
        try cat "$path"
        try cp "$path" copy
        try ln "$path" hard && cat hard
        try mv "$path" moved && cat moved
      done
      try ls "$1/hidden" "$1/hidden/deep" folder
      try mv "$1/hidden" taken && cat taken/secret
      try chmod 777 "$1/hidden" "$1/hidden.txt"; try cat "$1/hidden.txt"
      try umount "$1/hidden" "$1/hidden.txt"; try umount -l "$1/hidden"; try cat "$1/hidden/secret"
    `)
    expect(stdout).not.toContain('content of a file')
    expect(stdout).not.toContain('secret')
    expect(await readFile(join(place.hidden, 'secret'), 'utf8')).toBe('content of a file')
  })

  test('what stays readable in a hidden folder is read', async () => {
    const { stdout, place } = await run('cat "$1/hidden/shown/file"; ls "$1/hidden/shown"; cat "$1/beside"')
    expect(stdout).toBe('content of a filefile\ncontent of a file')
    expect(existsSync(place.beside)).toBe(true)
  })

  testIf(process.platform === 'linux')('no namespace, mount or right undoes it', async () => {
    const { stdout } = await run(`
      for flags in "-U" "-Ur" "-Urm" "-Urmpf" "-Urmpfn --mount-proc" "-m" "-p"; do
        unshare $flags sh -c '
          umount "$1/hidden"; umount -l "$1/hidden"; umount "$1/hidden.txt"; umount -l /proc
          mount -o remount,bind,rw /; mount -o remount,bind,rw "$1"; mount --bind / /mnt; mount -t proc none /proc
          echo 1 > "$1/beside"; cat "$1/hidden/secret" "$1/hidden.txt" "/mnt$1/hidden/secret"
          (: >> /proc/sys/kernel/core_pattern) && echo "writes kernel settings"
        ' sh "$1"
      done 2> /dev/null
      cat "$1/hidden/secret" 2> /dev/null
      # A user namespace and a mount namespace, without an exec that would take the rights in them.
      perl -e 'print "made a namespace\\n" if syscall(${process.arch === 'x64' ? 272 : 97}, 0x10020000) == 0 && -e "/proc/self/ns/user" && do {
        my ($none, $place, $type, $data) = ("none", "/tmp", "tmpfs", ""); syscall(${process.arch === 'x64' ? 165 : 40}, $none, $place, $type, 0, $data) == 0 }'
      mknod disk b 254 0 2> /dev/null && head -c 1 disk
      chroot / true 2> /dev/null && echo "chroot"
      nsenter -t 1 -m true 2> /dev/null && echo "entered"
      grep -E '^Cap(Prm|Eff|Inh|Amb)' /proc/self/status | sort -u -k 2
      grep NoNewPrivs /proc/self/status
    `)
    expect(stdout).not.toContain('content of a file')
    expect(stdout).not.toMatch(/writes kernel settings|chroot|made a namespace/)
    expect(stdout).toMatch(/^Cap\w+:\t0{16}\nNoNewPrivs:\t1$/m)
  })

  testIf(process.platform === 'linux')(
    'of devices it has those that every program needs, and accelerators',
    async () => {
      const { stdout } = await run(`
      head -c 1 /dev/zero | od -An -tx1; head -c 1 /dev/urandom | wc -c; echo 1 > /dev/null
      for node in $(find /dev ! -name "nvidia*" ! -path "/dev/dri/*" \\( -type b -o -name mem -o -name kmsg -o -name port -o -name vsock -o -name kvm \\) 2> /dev/null); do
        head -c 1 "$node" > /dev/null 2>&1 && echo "reads $node"
        (: >> "$node") 2> /dev/null && echo "opens $node"
      done
    `)
      expect(stdout.replaceAll(' ', '')).toBe('00\n1')
    },
  )

  test('its user keeps its number', async () => {
    expect((await run('id -u; touch made; ls -n made | cut -d" " -f3')).stdout).toBe(`${user}\n${user}`)
  })
}
