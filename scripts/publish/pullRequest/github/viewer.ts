/** Who the token acts for: only what that account wrote is taken for our own, because anyone may write a marker. */
import { z } from 'zod'
import type { GitHub } from '../../github/client.ts'

const schema = z.object({ viewer: z.object({ login: z.string() }) })

/** The login of the token's account, e.g. of a workflow "github-actions". */
export async function readViewer(github: Pick<GitHub, 'query'>): Promise<string> {
  const { viewer } = await github.query('read whose token it is', 'query Viewer { viewer { login } }', {}, schema)
  return plainLogin(viewer.login)
}

/** GitHub's APIs differ in how they write the login of a program. */
const plainLogin = (login: string): string => login.toLowerCase().replace(/\[bot\]$/, '')

/** @param author as REST gives it; null: the account was deleted */
export const isBy = (viewer: string, author: { login: string } | null | undefined): boolean =>
  author != null && plainLogin(author.login) === viewer
