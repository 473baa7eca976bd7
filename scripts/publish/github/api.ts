/** Addresses of GitHub's API: github.com, GitHub Enterprise Cloud with data residency, and GitHub Enterprise Server. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

export const defaultApi = 'https://api.github.com'

/**
 * The root of the REST API, without a slash at its end. A server's bare address gets "/api/v3", where it has its API.
 * @param given --api
 * @throws {Failure} for what is no https URL: the token would be sent in the clear. This machine itself may be http.
 */
export function readApi(given: string | null): string {
  if (given === null) return defaultApi
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !isSecure(url) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Failure(
      `--api ${sanitizeText(withoutUser(given), 200)} is not an https URL.`,
      'Give the root of the REST API, e.g. https://github.example.com/api/v3 or https://api.my-company.ghe.com.',
    )
  if (/^(www\.)?github\.com$/.test(url.hostname)) return defaultApi
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/graphql$/, '/api/v3')
  return `${url.origin}${path === '' && !url.hostname.startsWith('api.') ? '/api/v3' : path}`
}

const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))

/** A password in a URL is not shown. */
const withoutUser = (text: string): string => text.replace(/\/\/[^/@]*@/, '//')

/** The host that people see: "github.com", "my-company.ghe.com", "github.example.com". */
export function hostOf(api: string): string {
  const { host } = new URL(api)
  return host.replace(/^api\.(?=github\.com$|.*\.ghe\.com$)/, '')
}
