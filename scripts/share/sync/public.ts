/** Whether anyone on the internet may reach the host of a git address. */
import { BlockList, isIP } from 'node:net'
import { execa } from 'execa'
import { isPath } from './address.ts'

/** The host of an address, in lower case; null for a path, and "" for an address of a form that is not known. */
export function hostOf(url: string): string | null {
  if (/^file:\/\//i.test(url) || isPath(url)) return null
  const [, withScheme] =
    /^(?:https?|ssh|git|git\+ssh|ssh\+git|ftps?):\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/i.exec(url) ?? []
  // git@github.com:owner/name.git
  const [, scp] = /^(?:[^@/:]+@)?(\[[^\]]*\]|[^/:]+):(?!:)/.exec(/^[\w+.-]+:\/\//.test(url) ? '' : url) ?? []
  return (withScheme ?? scp ?? '').replace(/^\[|\]$/g, '').toLowerCase()
}

const privateRanges = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const)
  privateRanges.addSubnet(net, bits)
privateRanges.addAddress('::1', 'ipv6')
privateRanges.addSubnet('fc00::', 7, 'ipv6')
privateRanges.addSubnet('fe80::', 10, 'ipv6')

/** Endings of names that no public server has. */
const privateName = /\.(?:local|localhost|internal|lan)\.?$/

/**
 * Pure. A host that is not loopback, of a private range, a single label (a name of the local network, as localhost is), or
 * below .local, .internal or .lan. What cannot be told counts as public.
 * @param host null: a path
 */
export function isPublicHost(host: string | null): boolean {
  if (host === null) return false
  const version = isIP(host)
  if (version > 0) return !privateRanges.check(host, version === 4 ? 'ipv4' : 'ipv6')
  if (host === '') return true
  return host.replace(/\.$/, '').includes('.') && !privateName.test(host)
}

/** The same of an address, by the name that ssh connects to: its settings may give a short name to any host. */
export async function isPublicAddress(url: string): Promise<boolean> {
  const host = hostOf(url)
  const isSsh = host !== null && host !== '' && !/^(?:https?|git|ftps?):\/\//i.test(url)
  return isPublicHost(isSsh && !host.startsWith('-') ? await sshHost(host) : host)
}

async function sshHost(host: string): Promise<string> {
  const result = await execa('ssh', ['-G', '--', host], { reject: false, stdin: 'ignore', timeout: 10_000 })
  const [, named] = /^hostname (\S+)$/m.exec(result.failed ? '' : String(result.stdout)) ?? []
  return (named ?? host).toLowerCase()
}
