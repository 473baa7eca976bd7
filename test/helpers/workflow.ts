/** GitHub's own check of workflow files. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// The package imports its schema as JSON without saying so, which Node refuses.
const hooks = registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.json')) return next(url, context)
    return { format: 'module', source: `export default ${readFileSync(new URL(url), 'utf8')}`, shortCircuit: true }
  },
})
const { NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser')
// Other test files share the process, and their packages read their own package.json through these hooks.
hooks.deregister()

/** What GitHub would refuse in a workflow file: unknown keys and events, wrong expressions and permissions. */
export const workflowErrors = (content: string): string[] =>
  parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter())
    .context.errors.getErrors()
    .map(({ message }) => message)
