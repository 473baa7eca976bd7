/** Which build of torch a machine with NVIDIA cards needs: a table of drivers and compute capabilities. Pure. */
import { Failure } from '../errors.ts'
import type { Machine } from './nvidia.ts'

export interface Build {
  /** CUDA version, e.g. "12.6". */
  cuda: string
  /** Suffix of the version and last part of the index's address, e.g. "cu126". */
  tag: string
  /** Whether it is the build that PyPI has. */
  onPypi: boolean
  /** The least driver. */
  driver: string
  /** Compute capabilities that it has kernels for: from the first to below the second. Newest cards have no limit. */
  capabilities: Record<Arch, readonly [from: number, below: number]>
}

export interface Choice extends Build {
  /** Whether the driver could run a newer build, which has no kernels for the cards. */
  becauseOfCard: boolean
}

type Arch = 'x64' | 'arm64'

const ANY = Number.POSITIVE_INFINITY

/**
 * Builds by version of torch, newest first.
 *
 * - CUDA versions: https://github.com/pytorch/pytorch/pull/187075 (RELEASE.md: 2.13 has 12.6 and 13.0, and 13.2 as an
 *   experiment). 12.8 ended with 2.11: https://github.com/pytorch/pytorch/issues/178665. PyPI has 13.0:
 *   https://github.com/pytorch/pytorch/issues/190355 makes it 13.2 from 2.14 on; on aarch64 it has been CUDA's since 2.11:
 *   https://github.com/pytorch/pytorch/issues/160162. 13.2 is left out: it needs the same driver as 13.0.
 * - Drivers: https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html (12.x from 525 on, 13.x
 *   from 580 on). uv has the same numbers in LINUX_CUDA_DRIVERS of its crates/uv-torch/src/backend.rs.
 * - Compute capabilities: https://github.com/pytorch/pytorch/pull/182849 (RELEASE.md). Kernels for x.y run on x.z, z ≥ y.
 */
const builds: Record<string, readonly Build[]> = {
  '2.13': [
    {
      cuda: '13.0',
      tag: 'cu130',
      onPypi: true,
      driver: '580',
      capabilities: { x64: [7.5, ANY], arm64: [8, ANY] },
    },
    {
      cuda: '12.6',
      tag: 'cu126',
      onPypi: false,
      driver: '525.60.13',
      capabilities: { x64: [5, 10], arm64: [8, 10] },
    },
  ],
}

/** Index of a build, for pip's --index-url or --extra-index-url. */
export const indexOf = ({ tag }: Build): string => `https://download.pytorch.org/whl/${tag}`

/** What hides all cards from torch. */
export const trainOnCpu = 'With CUDA_VISIBLE_DEVICES=-1 set, the card is hidden and runs use the CPU.'

/** The version of torch that requirements pin exactly, e.g. "2.13.0"; null without one. Pure. */
export const pinnedTorch = (requirements: string): string | null =>
  /^torch\s*==\s*(\d+(?:\.\d+)+)\s*$/m.exec(requirements)?.[1] ?? null

/**
 * The newest build of torch that the driver can run and that has kernels for the cards: for all of them, else for one. A
 * driver or card newer than the table, or unknown, takes the newest.
 *
 * null leaves the choice to the installer, as on a machine without a GPU: without an NVIDIA card (also with one of AMD
 * or Apple), on other systems than Linux on x86_64 and aarch64, and for a version of torch that the table does not have.
 * @param torch its version, e.g. "2.13.0"
 * @returns a Failure when no build fits
 */
export function chooseBuild(torch: string | null, machine: Machine): Choice | Failure | null {
  const known = builds[/^\d+\.\d+/.exec(torch ?? '')?.[0] ?? '']
  const { cards, arch, platform } = machine
  const [card] = cards
  if (!known || !card || platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) return null
  const runnable = known.filter(({ driver }) => card.driver === null || !isOlder(card.driver, driver))
  const [newest] = runnable
  if (!newest) {
    const least = known.at(-1)?.driver
    return new Failure(
      `The NVIDIA driver is ${card.driver}, for ${card.name}. torch ${torch} needs ${least} or later.`,
      `Update the driver. ${trainOnCpu}`,
    )
  }
  const capabilities = machine.capabilities.map(Number)
  const fits = (build: Build) => (capability: number) => {
    const [from, below] = build.capabilities[arch]
    return from <= capability && capability < below
  }
  const build =
    runnable.find(each => capabilities.every(fits(each))) ?? runnable.find(each => capabilities.some(fits(each)))
  if (build) return { ...build, becauseOfCard: build !== newest }
  const later = known.find(each => capabilities.some(fits(each)))
  return new Failure(
    `No build of torch ${torch} has kernels for ${card.name} (compute capability ${machine.capabilities.join(', ')})${later ? ` and runs with its driver ${card.driver}` : ''}.`,
    `${later ? `Update the driver to ${later.driver} or later.` : 'Use another card.'} ${trainOnCpu}`,
  )
}

/** Whether a version is below another, number by number; false when it has no numbers. */
function isOlder(version: string, other: string): boolean {
  const [a, b] = [version, other].map(text => (text.match(/\d+/g) ?? []).map(Number))
  if (!a?.length || !b) return false
  const at = b.findIndex((number, i) => (a[i] ?? 0) !== number)
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}
