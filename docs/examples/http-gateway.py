#!/usr/bin/env python3
"""A gateway for wechat-bridge (docs/connector-http.md) in front of a made-up WeChat: one friend, one group.
Python 3.10 or later, nothing else:   SECRET=… BRIDGE=http://127.0.0.1:29392 python3 http-gateway.py PORT STATE.json
What happens in that WeChat is told on standard input, one JSON a line, such as {"do": "say", "text": "hi"} (see `play`).
To attach a real one, let `play` hear what it tells, and `Wechat.send` tell it."""
import hashlib, hmac, http.client, json, os, sys, threading, time, urllib.parse, urllib.request, uuid
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET, BRIDGE = os.environ["SECRET"].encode(), os.environ["BRIDGE"]
FRIEND, MEMBER = {"id": "wxid_lin", "name": "林小满"}, {"id": "wxid_wu", "name": "吴越", "nick": "阿武"}
CHATS = [{**FRIEND, "kind": "friend"}, {"id": "7@chatroom", "kind": "group", "name": "爬山队"}]
CAPABILITIES = {"protocol": 1, "events": "push", "login": True, "chats": True, "find": True, "recall_ms": 120000,
                "receives": ["media", "recalls"], "media_by": "url", "media": {"image": {"max_bytes": 20000000}}}
new_id = lambda kind: kind + uuid.uuid4().hex


def sign(when, method, path, body):
    return hmac.new(SECRET, f"{when}\n{method}\n{path}\n".encode() + body, hashlib.sha256).hexdigest()


class Wechat:
    """All there is, in memory and in a file: what was promised to somebody is in the file before."""

    def __init__(self, file):
        self.file, self.lock, self.busy, out = file, threading.RLock(), {}, {"state": "offline", "reason": "logged_out"}
        new = {"login": out, "queue": [], "sent": {}, "recalled": [], "media": {}}
        self.state = json.load(open(file, encoding="utf8")) if os.path.exists(file) else new

    def save(self):
        with open(self.file + ".new", "w", encoding="utf8") as out:
            json.dump(self.state, out)
            out.flush() or os.fsync(out.fileno())
        os.replace(self.file + ".new", self.file)

    def tell(self, kind, **event):
        """An event waits in the file until the bridge has it."""
        with self.lock:
            self.state["queue"].append({"id": new_id("e"), "type": kind, **event})
            self.save()
        return event

    def log_in(self, **login):
        self.state["login"] = login
        return self.tell("login", login=login)["login"]

    def say(self, content, sender=FRIEND, chat=CHATS[0]):
        message = {"id": new_id("m"), "at": int(time.time() * 1000), "chat": chat, "from": sender, "content": content}
        return self.tell("message", account="wxid_me", message=message)["message"]

    def send(self, wanted):
        """Once for each client_id, however often it is asked for; what is under way is not begun again (500: perhaps)."""
        name, sent = wanted["client_id"], self.state["sent"]
        if self.busy.setdefault(name, wanted) is not wanted:
            return 500, {"error": "busy"}
        try:
            media = urllib.request.urlopen(wanted["media"]["url"], timeout=60).read() if "media" in wanted else b""
            new = {"state": "sent", "ids": [new_id("m")], "chat": wanted["chat"], "text": wanted.get("text")}
            with self.lock:
                self.state["media"].setdefault(name, b64encode(media).decode())
                sent.setdefault(name, new)
                self.save()
            return 200, sent[name]
        finally:
            del self.busy[name]

    def recall(self, name):
        with self.lock:
            return self.state["recalled"].append(name) or self.save() or {}


def push():
    """The queue, in its order. An event leaves it when the bridge has kept it (200), or what it could read of it (422)."""
    while True:
        while not (batch := wechat.state["queue"][:20]):
            time.sleep(0.05)
        body, when = json.dumps({"events": batch}).encode(), str(int(time.time() * 1000))
        headers = {"X-WeChat-Time": when, "X-WeChat-Signature": sign(when, "POST", "/v1/events", body)}
        try:
            urllib.request.urlopen(urllib.request.Request(BRIDGE + "/v1/events", body, headers), timeout=60).read()
        except (OSError, http.client.HTTPException) as refused:
            print("the bridge:", refused, refused.read() if hasattr(refused, "read") else "", file=sys.stderr)
            if getattr(refused, "code", 0) != 422:
                time.sleep(1)
                continue
        with wechat.lock:
            del wechat.state["queue"][:len(batch)]
            wechat.save()


class Gateway(BaseHTTPRequestHandler):
    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        when, given = self.headers.get("X-WeChat-Time", "0"), self.headers.get("X-WeChat-Signature", "")
        signature = sign(when, self.command, self.path, body)
        if not hmac.compare_digest(signature.encode(), given.encode()) or abs(time.time() * 1000 - int(when)) > 300000:
            return self.answer(401, {"error": "unauthorised"})
        path, _, query = self.path.partition("?")
        asked = [self.command] + [urllib.parse.unquote(each) for each in path.split("/")[2:]]
        self.answer(*self.route(asked, dict(urllib.parse.parse_qsl(query)), json.loads(body or b"{}")))

    def route(self, asked, query, wanted):
        """The status, and what is answered. What CAPABILITIES does not declare is never asked for."""
        state, me = wechat.state, wechat.state["login"].get("account", {}).get("id", "nobody")
        match asked:
            case ["GET", "capabilities"]: return 200, CAPABILITIES
            case ["GET", "login"]: return 200, state["login"]
            case ["POST", "login"]: return 200, wechat.log_in(state="scan", qr="https://example.org/" + new_id("q"))
            case ["POST", "logout"]: return 200, wechat.log_in(state="offline", reason="logged_out")
            case ["GET", "chats"]: return 200, {"chats": CHATS}
            case ["GET", "media", name] if name in state["media"]: return 200, b64decode(state["media"][name])
            case ["GET", "messages"] if query["client_id"] in wechat.busy: return 200, {"state": "unknown"}
            case ["GET", "messages"]: return 200, {"state": "absent", **state["sent"].get(query["client_id"], {})}
            case ["POST", "messages", *_] if me != wanted.get("account", me): return 409, {"error": "offline"}
            case ["POST", "messages"] if wanted["chat"] in ("wxid_lin", "7@chatroom"): return wechat.send(wanted)
            case ["POST", "messages", name, "recall"]: return 200, wechat.recall(name)
            case _: return 404, {"error": "not_found"}

    def answer(self, status, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET, do_POST, log_message = handle_any, handle_any, lambda *_: None


def play(do, text="", who="", **more):
    """What happens in the made-up WeChat."""
    said = {"kind": "text", "text": text}
    match do:
        case "login": return wechat.log_in(**more)
        case "tell": return wechat.tell(text, **more)
        case "look": return wechat.state
        case "recall": said = {"kind": "recall", "target": {"id": text}}
        case "picture":
            wechat.state["media"][text] = more["bytes"]
            said = {"kind": "image", "media": {"id": text, "mime": "image/jpeg"}}
    return wechat.say(said, *{"member": [MEMBER, CHATS[1]], "me": ["me"]}.get(who, [FRIEND]))


wechat = Wechat(sys.argv[2])
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Gateway)
for work in (push, server.serve_forever):
    threading.Thread(target=work, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
for line in sys.stdin:
    print(json.dumps(play(**json.loads(line))), flush=True)
