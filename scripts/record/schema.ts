/**
 * The schemas of a session's records. Scripts and site use the same. A missing number is null, never zero. Times are
 * ISO 8601 in UTC, durations seconds, memory MB, money US dollars. A positive gain is better, whatever the metric's
 * goal.
 */
export * from './schema/agent.ts'
export * from './schema/experiment.ts'
export * from './schema/machine.ts'
export * from './schema/measure.ts'
export * from './schema/run.ts'
export * from './schema/session.ts'
