/**
 * The records of a session on a real H100 (27 November 2026): baseline, two keeps, and a confirm that a time limit ended in
 * its fourth run. Written by a version of schema 1, which recorded neither `allowedSeconds`, `measurement` nor `seedUse`.
 *
 * By its runs, in order (val_bpb; wall seconds of 10 s of training):
 *   baseline, seed 1: 1.406709; 39.6          candidate 1, seed 1: 1.336987; 36.2      candidate 2, seed 1: 1.114616; 34.4
 *   confirm of the baseline, seed 1001: 1.403503, holdout 1.635611; 32.4; seed 1002: interrupted after 22.8
 *   confirm of the head, seed 1001: 1.103308, holdout 1.38142; 29.6;      seed 1002: 1.154132, holdout 1.415979; 32.2
 */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'

export const h100Id = '2026-11-27-h100-80gb-nslg-h100'
/** Folder of sessions that holds it alone. Do not write to it. */
export const h100Sessions = join(import.meta.dirname, '../fixtures/records/schema1')
export const h100Session = join(h100Sessions, h100Id)

/** Copies it into a folder of sessions. @returns the copy's folder */
export async function copyH100Session(sessions: string): Promise<string> {
  const folder = join(sessions, h100Id)
  await cp(h100Session, folder, { recursive: true })
  return folder
}
