/** The comparison's code for any set of sessions; the page loads it when it is wanted. */
import type { APIRoute } from 'astro'
import code from '../scripts/compare.ts?classic'

export const GET: APIRoute = () => new Response(code)
