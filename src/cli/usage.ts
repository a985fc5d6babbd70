/** What is printed for --help, and behind what makes no sense. */
export const usage = `wechat-bridge: your WeChat, in Matrix, Telegram or on a local page, with nothing lost.

  npm start                             run the bridge (without configuration: a sandbox and the local page;
                                        with TELEGRAM_BOT_TOKEN set: in Telegram too)
  npm run bridge -- setup [--out bridge.yaml]
                                        what each way into WeChat can do, costs and risks; asks, and writes a
                                        configuration
  npm run bridge -- doctor [--json]     looks for what is wrong with the machine, the configuration, the data and
                                        what the bridge talks to, and says what helps; changes nothing
                                        (--patience SECONDS: how long each look may take, otherwise 10)
  npm run bridge -- config check [--online] [--json]
                                        show every option with its value and where it came from; --online also
                                        tries what is outside: homeserver, Telegram, ways into WeChat
  npm run bridge -- status [--json]     the login, what is in line, the storage, and who else has an account
                                        here
  npm run bridge -- dead list [--limit N]
                                        what was not delivered and waits for your word
  npm run bridge -- dead retry NUMBER|all
                                        put it back in line ("all": what surely did not arrive)
  npm run bridge -- dead drop NUMBER|all
                                        forget it
                                        for "dead": --person @user:server for one of the others who have an
                                        account here; without it the owner
  npm run bridge -- backup [FOLDER]     a whole copy of the data, also while the bridge runs
  npm run bridge -- restore FOLDER|FILE.sqlite [--person @user:server]
                                        put a backup in the place of the data, which goes aside; a folder is
                                        everybody's, a file is one person's (without --person the owner's)
  npm run bridge -- registration --url URL [--prefix wechat_] [--out registration.yaml] [--keep]
                                        make the file that tells a Matrix homeserver about the bridge;
                                        URL is where the homeserver reaches the bridge; with --keep a file that
                                        is there already is left as it is

In an image the same words stand behind "bridge": bridge doctor, bridge status, bridge dead list, bridge backup…

Options, after a "--": --config FILE (may be repeated), --set section.name=value (may be repeated)

Exit codes: 0 fine; 1 it failed, or something is wrong; 64 not understood; 78 the configuration is wrong, starting
again does not help. docs/operating.md says more.
`
