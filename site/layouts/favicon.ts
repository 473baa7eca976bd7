/** The icon of every page, as a data URL: the steps of a frontier. Fixed colours, because an icon has no style sheet. */
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1b559f"/><path d="M2.5 4.5H6V8h4v3.5h3.5" fill="none" stroke="#fff" stroke-width="2"/></svg>`

export const favicon = `data:image/svg+xml,${encodeURIComponent(svg)}`
