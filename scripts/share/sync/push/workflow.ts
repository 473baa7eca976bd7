/**
 * The GitHub workflow that a machine's branch may carry. On a push GitHub starts only workflows that are on the pushed branch:
 * this one starts another, on the default branch, which builds the pages.
 */

/** Its path on the branch. */
export const workflowPath = '.github/workflows/nightshift.yml'

/** @param name file of the workflow to start, e.g. "sessions.yml"; it is checked by `isWorkflowName` */
export const workflowText = (name: string): string => `name: Sessions were shared

on:
  push:
    branches: ['sessions/**']

permissions:
  actions: write

jobs:
  start:
    runs-on: ubuntu-latest
    steps:
      - name: Start ${name} on the default branch
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          BRANCH: \${{ github.event.repository.default_branch }}
        run: gh workflow run ${name} --ref "$BRANCH"
`

/** The name goes into a command of the workflow. */
export const isWorkflowName = (name: string): boolean => /^[A-Za-z0-9][\w.-]{0,99}\.ya?ml$/.test(name)
