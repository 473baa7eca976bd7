/** Colour and dash of a session among others: a colour is a machine, a dash one of its sessions. */

export interface Style {
  colour: string
  /** null is a solid line. */
  dash: string | null
}

const colours = ['var(--keep)', 'var(--crash)', 'var(--ink)', 'var(--mark)']
const dashes = [null, '7 3', '2 3', '9 3 2 3']

export const styleOf = ([machine, session]: [number, number]): Style => ({
  colour: colours[machine % colours.length] ?? 'var(--ink)',
  dash: dashes[(session + Math.floor(machine / colours.length)) % dashes.length] ?? null,
})
