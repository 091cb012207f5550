import sharp from 'sharp';

// One picture, one thread: parallelism comes from many pictures at once, in libuv's pool.
sharp.concurrency(1);
// No picture is decoded twice, so that a cache would only hold memory.
sharp.cache(false);
// Everything but the formats we accept is out of reach for hostile bytes: no TIFF, SVG, PDF or ImageMagick.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
  ],
});

export { sharp };
