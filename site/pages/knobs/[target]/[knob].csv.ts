/** The numbers behind a response curve. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../../data/collection.ts'
import { knobCsv } from '../../../data/curve.ts'
import { type Knob, knobsOf } from '../../../data/knobs.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  return knobsOf(views).map(knob => ({ params: { target: knob.slugs.target, knob: knob.slugs.knob }, props: { knob } }))
}

export const GET: APIRoute<{ knob: Knob }> = ({ props }) => new Response(knobCsv(props.knob))
