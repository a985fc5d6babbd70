import type { Clock } from '../../src/ports/clock.ts'
import { type TelegramApi, TelegramError } from './api.ts'
import { hasUpload } from './multipart.ts'

/**
 * For calls beside the pump: when Telegram asks for a slower pace, waits as long as it says, and calls again. A call with
 * an upload is not made again: its stream is used up.
 */
export function createPatient(api: TelegramApi, clock: Clock): TelegramApi {
  return {
    file: api.file,
    async call(method, args, signal, how) {
      for (;;) {
        try {
          return await api.call(method, args, signal, how)
        } catch (error) {
          if (!(error instanceof TelegramError) || error.failure.code !== 'rate') throw error
          if (hasUpload(args)) throw error
          await clock.sleep(error.failure.afterMs ?? 1_000, signal)
        }
      }
    },
  }
}
