/**
 * Replaces what names the user and the machine in text that leaves it: the home folder by "~", user names in paths and
 * addresses by "[user]", the host's name by "[host]". Names that many machines share, such as root and ubuntu, tell nothing
 * and stay, because they are words of their own.
 */
import os from 'node:os'
import { type Finder, type Found, matches } from './replace.ts'

export interface Person {
  /** Absolute path; null: unknown. */
  home: string | null
  user: string | null
  host: string | null
}

/** The user and machine of this process. */
export function thisPerson(): Person {
  let user: string | null = null
  try {
    user = os.userInfo().username
  } catch {
    user = process.env.USER ?? null // The user id has no entry in the machine's list, as in some containers.
  }
  return { home: os.homedir(), user, host: os.hostname() }
}

/** Names of accounts and machines that images and distributions give. */
const shared =
  /^(?:root|admin|administrator|user|users|ubuntu|debian|centos|fedora|arch|rocky|ec2-user|azureuser|opc|cloud|pi|git|dev|developer|runner|worker|node|app|web|www|jovyan|vscode|coder|codespace|sandbox|docker|container|colab|kaggle|jupyter|nobody|daemon|data|test|tester|guest|build|home|local|main|master|server|host|desktop|laptop|pc|gpu|localhost|workspace|work|model|models|train|trainer|agent)\d*$/i

const isTelling = (name: string | null): name is string => name !== null && name.length >= 3 && !shared.test(name)

/** Finders of one person's names; and of the name in any home folder, e.g. of a collected session. */
export function personalFinders({ home, user, host }: Person): Finder[] {
  return [
    ...(home !== null && /^\/[^/]|^[A-Z]:\\/i.test(home) ? [homeFinder(home)] : []),
    anyHome,
    ...(isTelling(user) ? [userFinder(user)] : []),
    ...(host === null ? [] : [...new Set([host, host.split('.')[0] ?? host])].filter(isTelling).map(hostFinder)),
  ]
}

/**
 * Replaces the user's name in home folders of Windows. This is done before a text's escapes are read: in C:\Users\nick they would
 * make a line feed of the name's first letter.
 */
export const withoutWindowsUsers = (text: string): string =>
  text.includes('Users\\') ? text.replace(/\b([A-Za-z]:\\{1,8}Users\\{1,8})[\w.@+-]+/gi, '$1[user]') : text

const by = (text: string, pattern: RegExp, name: string): Found[] =>
  [...matches(text, pattern)].map(range => ({ ...range, by: name }))

function homeFinder(home: string): Finder {
  const pattern = new RegExp(`(?<![\\w.~-])${RegExp.escape(home)}(?![\\w.-])`, 'g')
  return text => by(text, pattern, '~')
}

/** /home/NAME, /Users/NAME, C:\Users\NAME: the name. */
const anyHome: Finder = text =>
  /home|Users/.test(text)
    ? by(text, /(?:(?<![\w.~-])\/(?:home|Users)\/|\b[A-Za-z]:\\Users\\)([\w.@+-]+)/g, '[user]')
    : []

/** As a folder of an absolute path, as the owner in a temporary folder's name, before @, and as the value of USER. */
function userFinder(user: string): Finder {
  const name = RegExp.escape(user)
  const patterns = [
    new RegExp(
      `(?<=(?<![\\w.~/-])\\/(?:[\\w.@+-]+\\/){0,20}(?:torchinductor_|pytest-of-|ray-|tmp-)?)${name}(?![\\w-])`,
      'g',
    ),
    new RegExp(`(?<![\\w.-])${name}(?=@[\\w[])`, 'g'),
    new RegExp(`(?<=\\b(?:USER|USERNAME|LOGNAME|user|username)["']?[=:]\\s?["']?)${name}(?![\\w-])`, 'g'),
  ]
  return text => (text.includes(user) ? patterns.flatMap(pattern => by(text, pattern, '[user]')) : [])
}

/** Anywhere where the name has a digit and more than one part or eight letters; else after @, // and HOSTNAME= only. */
function hostFinder(host: string): Finder {
  const name = RegExp.escape(host)
  const isUnusual = /\d/.test(host) && (host.length >= 8 || (/[a-z]/i.test(host) && /[.-]/.test(host)))
  const before = isUnusual
    ? '(?<![\\w.-])'
    : '(?<=@|:\\/\\/|\\b(?:HOST|HOSTNAME|NODE|NODENAME|host|hostname)["\']?[=:]\\s?["\']?)'
  const pattern = new RegExp(`${before}${name}(?![\\w-])`, 'g')
  return text => (text.includes(host) ? by(text, pattern, '[host]') : [])
}
