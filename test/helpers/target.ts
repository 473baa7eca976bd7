/** A tiny target: a JavaScript trainer whose metric is a known function of its constants, and a scripted agent. */

/**
 * The loss is 1 + |log2(RATE / 0.08)| / 10, plus up to 0.001 from the seed. The other constants make it crash, hang, write
 * a wrong evaluation, or change a frozen file.
 */
export const trainer = `import { appendFileSync, writeFileSync } from 'node:fs'
const RATE = 0.02
const CRASH = 0
const HANG = 0
const LIE = 0
const TOUCH = 0
if (CRASH > 0) throw new RangeError('CRASH is on')
if (HANG > 0) await new Promise(done => setTimeout(done, 60_000))
if (TOUCH > 0) appendFileSync('frozen.txt', 'touched')
const seed = Number(process.env.NIGHTSHIFT_SEED)
const noise = ((seed * 7919) % 11) / 11000
const loss = 1 + Math.abs(Math.log2(RATE / 0.08)) / 10 + noise
const splits = process.env.NIGHTSHIFT_SPLITS.split(',')
writeFileSync(process.env.NIGHTSHIFT_CURVE, '1,0.1,2.0\\n2,0.2,1.5\\n')
writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss: LIE > 0 ? loss + 1 : loss, data: { name: 'toy', fingerprint: 'abc' } }))
console.log('---')
console.log('loss: ' + loss.toFixed(6))
console.log('training_seconds: 0.1')
console.log('peak_vram_mb: 512.0')
if (splits.includes('holdout')) console.log('held_loss: ' + (loss + 0.1).toFixed(6))
`

/**
 * First line of a trainer in shell, whose run takes 2 ms of a core where Node takes 30: it reads constants that are
 * written as in JavaScript, so that `set` and the tests read both kinds alike.
 */
export const shellConstants = `const() { eval "$1=$3"; }`

/**
 * The tiny target's trainer in shell: the same constants, values and errors. The tests make hundreds of its runs; the one
 * above is for tests that edit its text, or rely on Node. Its program.md is that of `inShell`.
 */
export const shellTrainer = `${shellConstants}
const RATE = 0.02
const CRASH = 0
const HANG = 0
const LIE = 0
const TOUCH = 0
[ $CRASH = 0 ] || { echo 'RangeError: CRASH is on' >&2; exit 1; }
[ $HANG = 0 ] || sleep 60
[ $TOUCH = 0 ] || printf touched >> frozen.txt
case $NIGHTSHIFT_SPLITS in *holdout*) held=1 ;; *) held=0 ;; esac
printf '1,0.1,2.0\\n2,0.2,1.5\\n' > "$NIGHTSHIFT_CURVE"
awk -v rate=$RATE -v lie=$LIE -v seed=$NIGHTSHIFT_SEED -v held=$held 'BEGIN {
  distance = log(rate / 0.08) / log(2)
  loss = 1 + (distance < 0 ? -distance : distance) / 10 + seed * 7919 % 11 / 11000
  evaluation = "{\\"loss\\": %.15f, \\"data\\": {\\"name\\": \\"toy\\", \\"fingerprint\\": \\"abc\\"}}"
  printf evaluation, loss + (lie > 0) > ENVIRON["NIGHTSHIFT_EVAL"]
  printf "---\\nloss: %.6f\\ntraining_seconds: 0.1\\npeak_vram_mb: 512.0\\n", loss
  if (held) printf "held_loss: %.6f\\n", loss + 0.1
}'
`

/** program.md for a trainer in shell. */
export const inShell = (text: string): string => text.replace('run: node', 'run: sh')

/** An agent that runs one of these shell commands per proposal; after the last it changes nothing. */
export const player = (steps: string[]): string => `#!/bin/sh
count=$(cat "$0.count" 2>/dev/null || echo 0)
echo $((count + 1)) > "$0.count"
cat > "$0.prompt"
cp "$0.prompt" "$0.prompt.$count"
case $count in
${steps.map((step, i) => `${i}) ${step} ;;`).join('\n')}
*) echo nothing left ;;
esac
`

/** program.md of the tiny target. @param agent path of a player @param more further frontmatter lines */
export const program = (agent: string, more = ''): string => `---
edit: train.js
run: node train.js
metric: { name: loss, holdout: held_loss }
budget: 1s
agent: { use: command, command: "sh ${agent}" }
fallback: []
${more}---

Make the loss smaller.
`

/** A player's step that sets a constant to a value. */
export const set = (name: string, value: string): string =>
  `sed -i.bak 's/^const ${name} = .*/const ${name} = ${value}/' train.js && rm train.js.bak; echo '${name} to ${value}'`
