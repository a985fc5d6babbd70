/** The answer to whoever does not know the page's address. It says where to look, and never where the page is. */
export const outside = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>WeChat bridge · 微信桥</title>
  </head>
  <body>
    <h1>There is nothing at this address</h1>
    <p>Open the address that the bridge printed when it started, or your bookmark of its page.</p>
    <h1 lang="zh-Hans">这个地址没有内容</h1>
    <p lang="zh-Hans">请打开桥启动时打印的地址，或你为它的页面保存的书签。</p>
  </body>
</html>
`
