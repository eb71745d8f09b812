// CNNRuntime
