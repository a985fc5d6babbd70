"""python-telegram-bot 13.15 as a witness of the simulator.

Reads a deed per line ({"id", "at", "do", "how"}), has it done, and prints what the library made of the answer
({"id", "told"}) or the exception it raised ({"id", "said"}). "at" is the number of a connection.
"""

import json
import logging
import sys
import warnings
from datetime import datetime, timezone

# About Debian's urllib3, at the import.
warnings.simplefilter('ignore')

from telegram import Message  # noqa: E402
from telegram.error import ChatMigrated, RetryAfter, TelegramError  # noqa: E402

from ptb_bot import marks  # noqa: E402
from ptb_deeds import Connection  # noqa: E402

logging.disable(logging.CRITICAL)


def plain(value):
    """What the library parsed, as JSON; with the texts that it cuts out by entities."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=value.tzinfo or timezone.utc).timestamp())
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if not hasattr(value, 'to_dict'):
        return value
    told = plain(value.to_dict())
    if isinstance(value, Message):
        told['marks'] = marks(value)
    return told


def said(error):
    told = {'class': type(error).__name__}
    if isinstance(error, RetryAfter):
        told['retryAfter'] = error.retry_after
    elif isinstance(error, ChatMigrated):
        told['movedTo'] = error.new_chat_id
    elif type(error).__name__ != 'NetworkError':
        told['message'] = error.message
    return told


def main():
    connections = {}
    for line in sys.stdin:
        deed = json.loads(line)
        at, how = deed['at'], deed.get('how') or {}
        answer = {'id': deed['id']}
        try:
            if deed['do'] == 'connect':
                connections[at] = Connection(how['apiRoot'], how['token'])
                answer['told'] = True
            else:
                answer['told'] = plain(getattr(connections[at], deed['do'])(how))
        except TelegramError as error:
            answer['said'] = said(error)
        except Exception as error:  # What the library could not make sense of.
            answer['broke'] = f'{type(error).__name__}: {error}'
        print(json.dumps(answer), flush=True)
    for one in connections.values():
        one.stops({})


main()
