/** The script for comparing any set of sessions; the page loads it on demand. */
import type { APIRoute } from 'astro'
import code from '../scripts/compare.ts?classic'

export const GET: APIRoute = () => new Response(code)
