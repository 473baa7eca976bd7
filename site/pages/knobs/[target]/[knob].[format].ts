/** A response curve as SVG, its tries as CSV, and the tries with the mean values as JSON. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../../data/collection.ts'
import { knobCsv, knobJson, responseOf } from '../../../data/knobs/curve.ts'
import { type Knob, knobsOf } from '../../../data/knobs/knobs.ts'
import { knobPicture } from '../../../data/session/pictures.ts'

const formats = { csv: knobCsv, json: knobJson, svg: (knob: Knob) => knobPicture(knob) ?? '' }
type Format = keyof typeof formats

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  return knobsOf(views).flatMap(knob => {
    const isDrawn = responseOf(knob).line.length > 1
    return (Object.keys(formats) as Format[])
      .filter(format => format !== 'svg' || isDrawn)
      .map(format => ({ params: { ...knob.slugs, format }, props: { knob, format } }))
  })
}

export const GET: APIRoute<{ knob: Knob; format: Format }> = ({ props: { knob, format } }) =>
  new Response(formats[format](knob))
