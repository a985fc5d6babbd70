import { composeTelegram } from './compose.ts'
import type { SimOptions, TelegramSim } from './sim.ts'
import { createWorld } from './state.ts'

/** A strict Bot API on 127.0.0.1 with its own world of chats and people. To be closed. */
export const startTelegram = (options: SimOptions = {}): Promise<TelegramSim> =>
  composeTelegram(options, createWorld)
