{
  'variables': {
    # The addon of tests and benches, which no package contains: GYP_DEFINES=streamlib_test_addon=1
    'streamlib_test_addon%': 0,
  },
  'target_defaults': {
    'include_dirs': ["<!@(node -p \"require('node-addon-api').include\")"],
    'defines': [
      'NAPI_VERSION=9',
      'NAPI_DISABLE_CPP_EXCEPTIONS',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      # In a worker that is being terminated nothing can be thrown any more.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ],
    'cflags_cc': ['-std=c++20', '-Wall', '-Wextra', '-fvisibility=hidden'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    # What a distribution's libstdc++ is too old for must not keep a prebuilt addon from loading.
    'conditions': [["OS=='linux'", {'ldflags': ['-static-libstdc++', '-static-libgcc']}]],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '13.0',
    },
    'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/std:c++20']}},
  },
  'targets': [
    {
      'target_name': 'streamlib',
      'sources': [
        'binding/addon.cc',
        'binding/arguments.cc',
        'binding/doorbell_functions.cc',
        'binding/environment.cc',
        'binding/event_loop_listener.cc',
        'binding/pool_functions.cc',
        'binding/segment_functions.cc',
        'binding/segment_registry.cc',
        'binding/thread_functions.cc',
        'core/shared_memory.cc',
        'core/thread_priority.cc',
        'core/word_wait.cc',
      ],
    },
  ],
  'conditions': [
    ['streamlib_test_addon==1', {
      'targets': [
        {
          'target_name': 'streamlib_test',
          'sources': [
            'binding/arguments.cc',
            'core/shared_memory.cc',
            'core/word_wait.cc',
            'testing/addon.cc',
            'testing/bare_rates.cc',
            'testing/mapped_segment.cc',
            'testing/pump_functions.cc',
            'testing/pumps.cc',
            'testing/single_operations.cc',
          ],
        },
      ],
    }],
  ],
}
