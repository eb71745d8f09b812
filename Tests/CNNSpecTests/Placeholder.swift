// CNNSpec
