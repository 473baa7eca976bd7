/** Names of session folders that are pushed, and brought. */

/** Whether a name may be that of a session's folder on every system; nothing else is pushed or brought. */
export const isId = (id: string): boolean => /^[A-Za-z0-9][\w.-]{0,120}$/.test(id) && !id.endsWith('.')
