/** The command of a launched job. The same for all jobs: what is to be done is in the job's own package. */

/**
 * Program and arguments; none of them needs quoting in a shell unless a path does.
 * @param session where the session's package lies on the node: the zip, or the folder that it was unpacked to
 * @param run the same of the job's own
 */
export const commandOf = (session: string, run: string): string[] => [
  'python3',
  // Without the user's site packages, of which loading takes longer than what follows, and with UTF-8 whatever the locale is.
  ...['-I', '-S', '-X', 'utf8'],
  ...[session, run],
]
