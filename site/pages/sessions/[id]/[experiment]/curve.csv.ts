/** The loss curve as CSV, with a header that the record lacks. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { hasCurve } from '../../../../../scripts/record/files/curve.ts'
import { experimentName } from '../../../../../scripts/record/files/paths.ts'
import type { Experiment } from '../../../../../scripts/record/schema.ts'
import { notebook } from '../../../../data/collection.ts'
import { curveText } from '../../../../data/experiment/records.ts'

interface Props {
  folder: string
  experiment: Experiment
}

/** Curves are read one by one when they are written. */
export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  return views.flatMap(({ id, folder, experiments }) =>
    experiments
      .filter(experiment => hasCurve(folder, experiment))
      .map(experiment => ({
        params: { id, experiment: experimentName(experiment.number) },
        props: { folder, experiment },
      })),
  )
}

export const GET: APIRoute<Props> = ({ props }) => new Response(curveText(props.folder, props.experiment))
