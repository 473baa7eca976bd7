/** The scripts that Slurm executes on a node: plain sh, in which what comes from program.md is quoted. */
import { gzipSync } from 'node:zlib'
import { pythonFlags } from '../remote/channel.ts'

export interface ScriptOptions {
  /** Root of the places there; `~/` is the home on the node. */
  root: string
  /** Interpreter, or folder of a virtual environment, of the runner and of runs; null: `python3` of PATH. */
  python: string | null
  /** Seconds without work after which a held allocation is given back. */
  idle: number
  /** Seconds of the job's time limit; null: the partition's. */
  time: number | null
  /** Tar of the Python modules, where no shared file system brings them to the node. */
  modules: Buffer | null
  /** Paths that must be there. */
  needs: readonly string[]
}

/** Of an allocation that is held: says what its node is, and takes runs one after another. */
export const heldScript = (options: ScriptOptions): string =>
  script(options, [
    ...factsLines(options),
    ...untilLines(options),
    `exec ${node} serve "$root" "$slot" --idle ${Math.ceil(options.idle)} \${until:+--until "$until"}`,
  ])

/** When the job ends, seconds since 1970. Only newer versions of Slurm have a variable for it. */
const untilLines = ({ time }: ScriptOptions): string[] => [
  'until=$SLURM_JOB_END_TIME',
  '[ -n "$until" ] || end=$(squeue --noheader --jobs="$SLURM_ARRAY_JOB_ID"_"$slot" --format=%e 2> /dev/null)',
  'case $end in [0-9]*T*) until=$(date -d "$end" +%s 2> /dev/null) ;; esac',
  ...(time === null ? [] : [`[ -n "$until" ] || until=$(($(date +%s) + ${Math.floor(time)}))`]),
]

/** Of a job that only says what its node is. */
export const factsScript = (options: ScriptOptions): string => script(options, factsLines(options))

/** Of a job for one run, which was given to the root before. @param key letters, digits, `-` and `_` */
export const runScript = (options: ScriptOptions, key: string): string =>
  script(options, [`exec ${node} execute "$root" ${quoted(key)}`])

/** Where a job writes what its node is, or why it could not: by slot, job, and how often the job was restarted. */
export const factsName = (id: string, restarts: number | string): string => `facts-${id}-${restarts}`

const node = `"$python" ${pythonFlags.join(' ')} "$root/node"`

function script({ root, python, modules }: ScriptOptions, lines: string[]): string {
  return [
    '#!/bin/sh',
    'umask 077',
    `restarts=\${SLURM_RESTART_COUNT:-0}`,
    `root=${expanded(root)}`,
    `python=${python === null ? 'python3' : expanded(python)}`,
    // What the PATH and the interpreter of runs come from.
    'given=$python',
    'if [ -d "$python" ]; then python=$python/bin/python3; fi',
    'mkdir -p "$root" && cd "$root" || exit',
    ...(modules === null ? [] : unpackLines(modules)),
    ...lines,
    '',
  ].join('\n')
}

const factsLines = ({ python, needs }: ScriptOptions): string[] => [
  'slot=$SLURM_ARRAY_TASK_ID',
  'mkdir -p "$root/slot-$slot" || exit',
  // Without a shared file system, sbatch cannot name a folder that is not there yet.
  '[ -s "$root/slot-$slot/slurm.log" ] || exec >> "$root/slot-$slot/slurm.log" 2>&1',
  `facts=$root/slot-$slot/${factsName('$SLURM_JOB_ID', '$restarts')}`,
  `if ${node} facts --root "$root"${python === null ? '' : ' --python "$given"'}${needs.map(path => ` --needs ${quoted(path)}`).join('')} > "$facts.out" 2> "$facts.err"`,
  'then mv "$facts.out" "$facts.json"; else mv "$facts.err" "$facts.error"; exit 1; fi',
]

/** Several jobs may do it at once on one node; what is there stays. */
const unpackLines = (modules: Buffer): string[] => [
  'new=$root/.node-$SLURM_JOB_ID-$restarts',
  'rm -rf "$new" && mkdir "$new" || exit',
  `base64 -d << 'END' | gzip -d | tar -x -f - -C "$new" || exit`,
  ...(gzipSync(modules)
    .toString('base64')
    .match(/.{1,76}/g) ?? []),
  'END',
  'mv -T "$new" "$root/node" 2> /dev/null || rm -rf "$new"',
]

/** A word of the shell that is this text; `~/` at its begin is the home. */
const expanded = (path: string): string => (path.startsWith('~/') ? `"$HOME"/${quoted(path.slice(2))}` : quoted(path))

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
