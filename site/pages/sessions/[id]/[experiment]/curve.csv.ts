/** The numbers behind a loss curve, with a header that the record does not have. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { readCurve } from '../../../../../scripts/record/curve.ts'
import { experimentName } from '../../../../../scripts/record/files.ts'
import type { CurvePoint } from '../../../../../scripts/record/schema.ts'
import { notebook } from '../../../../data/collection.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  const found = views.flatMap(({ id, folder, experiments }) =>
    experiments.map(async e => ({ id, experiment: experimentName(e.number), curve: await readCurve(folder, e) })),
  )
  return (await Promise.all(found)).flatMap(({ id, experiment, curve }) =>
    curve ? [{ params: { id, experiment }, props: { points: curve.points } }] : [],
  )
}

export const GET: APIRoute<{ points: CurvePoint[] }> = ({ props }) =>
  new Response(['step,seconds,loss', ...props.points.map(p => `${p.step},${p.seconds},${p.loss}`), ''].join('\n'))
