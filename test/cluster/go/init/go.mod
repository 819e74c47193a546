module kanister-operator.test/cluster/init

go 1.24.0
