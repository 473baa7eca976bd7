/** The numbers behind a response curve: as CSV its tries, as JSON the means that the line joins as well. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../../data/collection.ts'
import { knobCsv, knobJson } from '../../../data/curve.ts'
import { knobsOf } from '../../../data/knobs.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  return knobsOf(views).flatMap(k =>
    [knobCsv, knobJson].map(text => ({
      params: { target: k.slugs.target, knob: k.slugs.knob, format: text === knobCsv ? 'csv' : 'json' },
      props: { text: text(k) },
    })),
  )
}

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
