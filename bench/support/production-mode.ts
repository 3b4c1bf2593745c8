// NB: imported before everything else. The modules of frames look at it once, while they load.
process.env.NODE_ENV ||= 'production';
