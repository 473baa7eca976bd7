/** `--dry-run` of an engine other than `local`: what would be submitted, and what its GPUs may cost. Asks no scheduler, service or host. Pure. */
import { descriptionOf as commandDescription } from '../../engines/command/engine.ts'
import { type RayRequest, descriptionOf as rayDescription, requestOf } from '../../engines/ray/resources.ts'
import { descriptionOf, heldFlags, jobFlags, runFlags } from '../../engines/slurm/flags.ts'
import { dollarText } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { launcherVerbs } from '../../program/commandEngine.ts'
import type { Contract } from '../../program/contract.ts'
import { type CommandSpec, engineDevices, engineSlots, gpusOfSlot, hostPlaces } from '../../program/engine.ts'

export interface DryEngine {
  use: 'slurm' | 'ssh' | 'ray' | 'command'
  description: string
  slots: number
  /** Of each slot, on all of its nodes together; null: the contract does not say. */
  gpusPerSlot: number | null
  /** GPUs of all slots, or the slots where they have none or it is not said. */
  devices: number
  /** Of Slurm: the options that sbatch would get, without those of the files that it would write. */
  sbatch: string[] | null
  /** Of Slurm: how many jobs that would be; null: one for each run. */
  jobs: number | null
  /** Of ssh: the hosts with the indices of the GPUs of each place there; null: whatever the host shows. */
  hosts: { host: string; places: (number[] | null)[] }[] | null
  /** Of Ray: its address, null: what its variables name; and what each run's job asks for. */
  ray: { address: string | null; job: RayRequest } | null
  /** What the GPUs of all slots cost in the hours that the session may take; null: not known. */
  cost: { usd: number; hours: number; usdPerHour: number } | null
}

/**
 * @param id of the session
 * @param hours that the session takes at most, or else by its forecast; null: not known
 * @returns null with the engine `local`
 */
export function dryEngine(contract: Contract, id: string, hours: number | null): DryEngine | null {
  const { engine, resources, gpuUsdHour } = contract
  const slots = engineSlots(contract)
  const devices = engineDevices(contract)
  if (engine.use === 'local' || slots === null || devices === null) return null
  const isKnown = gpuUsdHour !== null && hours !== null
  const common = {
    slots,
    gpusPerSlot: gpusOfSlot(contract),
    devices,
    cost: isKnown ? { usd: gpuUsdHour * devices * hours, hours, usdPerHour: gpuUsdHour } : null,
  }
  if (engine.use === 'ssh') {
    const places = hostPlaces(engine, resources).slice(0, slots)
    const hosts = engine.hosts.map(({ host }, i) => ({
      host,
      places: places.filter(place => place.host === i).map(({ gpus }) => gpus),
    }))
    const used = hosts.filter(host => host.places.length > 0)
    return {
      use: 'ssh',
      description: sshText(slots, used.length),
      ...common,
      sbatch: null,
      jobs: null,
      hosts: used,
      ray: null,
    }
  }
  if (engine.use === 'command')
    return {
      use: 'command',
      description: commandDescription(resources, slots),
      ...common,
      sbatch: null,
      jobs: null,
      hosts: null,
      ray: null,
    }
  if (engine.use === 'ray')
    return {
      use: 'ray',
      description: rayDescription(engine, resources, slots),
      ...common,
      sbatch: null,
      jobs: null,
      hosts: null,
      ray: { address: engine.address, job: requestOf(engine, resources) },
    }
  const options = jobFlags(engine, resources, { name: `nightshift-${id}`, output: '' })
  const own = engine.per_run ? runFlags : [...heldFlags, ...(slots > 1 ? [`--array=0-${slots - 1}`] : [])]
  return {
    use: 'slurm',
    description: descriptionOf(engine, resources, slots),
    ...common,
    sbatch: [...options, ...own].filter(option => !/^--(output|chdir|open-mode)=/.test(option)),
    jobs: engine.per_run ? null : slots,
    hosts: null,
    ray: null,
  }
}

const sshText = (slots: number, hosts: number): string => `ssh, ${plural(slots, 'slot')} on ${plural(hosts, 'host')}`

/** As steps of the terminal. */
export function dryEngineLines(dry: DryEngine, contract: Contract): [key: string, text: string][] {
  const { description, sbatch, jobs, hosts, ray } = dry
  return [
    ['engine', `${description}; a dry run asks ${asked[dry.use]}`],
    ...(sbatch === null
      ? []
      : [
          ['submits', `${jobs === null ? 'for each run' : 'once'}: sbatch ${sbatch.join(' ')}`] satisfies [
            string,
            string,
          ],
        ]),
    ...(hosts ?? []).map(({ host, places }, i): [string, string] => [
      i === 0 ? 'hosts' : '',
      `${host}: ${places.map(placeText).join('; ')}`,
    ]),
    ...(ray === null
      ? []
      : [
          [
            'submits',
            `for each run, to ${ray.address ?? 'the Ray that RAY_ADDRESS names'}: ${rayText(ray.job)}`,
          ] satisfies [string, string],
        ]),
    ...(contract.engine.use === 'command' ? commandLines(contract.engine) : []),
    ['gpus', gpuLine(dry, contract)],
  ]
}

const asked = {
  ssh: 'none of them for anything',
  slurm: 'Slurm for nothing',
  ray: 'Ray for nothing',
  command: 'it for nothing',
}

const commandLines = (spec: CommandSpec): [key: string, text: string][] =>
  launcherVerbs.map(verb => [verb, sanitizeText(spec[verb], 200)])

const rayText = (job: RayRequest): string =>
  Object.entries(job)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')

const placeText = (gpus: number[] | null): string =>
  gpus === null
    ? 'what it shows'
    : gpus.length === 0
      ? 'no GPU'
      : `${gpus.length === 1 ? 'GPU' : 'GPUs'} ${gpus.join(', ')}`

function gpuLine({ slots, gpusPerSlot, devices, cost }: DryEngine, { gpuUsdHour }: Contract): string {
  const all =
    gpusPerSlot === null
      ? `not said for ${slots === 1 ? 'the slot, so it' : `the ${slots} slots, so each`} counts as one`
      : gpusPerSlot === 0
        ? `none for ${plural(slots, 'slot')}, so each slot counts as one`
        : `${devices}, ${gpusPerSlot} for ${slots === 1 ? 'the slot' : `each of ${slots} slots`}`
  if (cost !== null)
    return `${all}; ${dollarText(cost.usd)} for ${cost.hours.toFixed(1)} hours at $${cost.usdPerHour} each, while all are held`
  return `${all}; what they cost is not known: ${gpuUsdHour === null ? 'program.md has no `gpu_usd_hour`' : 'nothing says how long the session takes'}`
}
