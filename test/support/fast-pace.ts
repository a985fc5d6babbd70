/** Settings with which WeChat is sent to as fast as it answers: nobody gets banned from a sandbox. */
export const fastPace: readonly string[] = [
  ...['sameChat', 'otherChat', 'media'].flatMap((gap) => [
    `wechat.pace.${gap}.ms=0`,
    `wechat.pace.${gap}.jitterMs=0`,
  ]),
  ...['perMinute', 'perHour', 'perDay'].map((window) => `wechat.pace.${window}=1000000`),
  'wechat.pace.repeats.chats=1000000',
]
